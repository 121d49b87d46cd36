"""Who may ask and what is remembered: use cases, ledger, gRPC and the command line."""
