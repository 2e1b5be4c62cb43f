"""The words of the house: values and rules, pure, standard library only."""
