"""scarplan: an open treatment planning system for microneedling of scars."""
