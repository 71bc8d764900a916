"""Keeps secrets out of outputs and outputs private: the one package that the server and the tools share. No SCIM in it."""
