"""A real cluster: the API server's plain JSON over the HTTP client and the credentials that lightkube brings."""
