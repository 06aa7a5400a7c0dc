"""The servers of a deployment: the guarded web server, and daemon and code server under one roof."""
