"""Documents that senders bring one by one: read by the sensors of files, durable before they are answered."""
