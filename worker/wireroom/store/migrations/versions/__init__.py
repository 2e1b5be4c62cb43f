"""One file for each change of the tables, named by its number; a file that was released is never changed."""
