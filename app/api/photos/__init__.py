"""Photos over HTTP: uploads by tus or whole, and signed addresses of the copies."""
