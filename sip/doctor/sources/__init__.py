"""Where `doctor` looks: one place a module. They change nothing and raise nothing: what can't be seen is said."""
