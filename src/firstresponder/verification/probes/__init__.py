"""One kind of probe per file: a look at the cluster, and what it means."""
