"""Shell: commands, pipelines, loops and functions for bash, in scripts."""
