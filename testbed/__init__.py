"""A real single-node Kubernetes with Prometheus and Alertmanager, made from package registries alone."""
