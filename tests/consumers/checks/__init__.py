"""The consumer checks, one module for each group of artifacts. It must not run anything when imported."""
