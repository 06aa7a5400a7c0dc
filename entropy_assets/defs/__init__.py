"""The Dagster wing: assets beside their checks, each body thin over one function of the library."""
