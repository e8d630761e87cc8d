"""The analysts' commands: files in, files out, no Django."""
