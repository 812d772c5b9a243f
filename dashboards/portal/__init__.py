"""The unit portal: one letter, for whoever holds its link; works on a telephone and without JavaScript."""
