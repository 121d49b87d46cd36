"""The border to gRPC: messages to models and back, errors to statuses, servicers."""
