"""What Wireroom costs, measured against bare equivalents in the same run."""
