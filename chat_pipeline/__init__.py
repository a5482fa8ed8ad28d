"""What a shop's chatbot conversations do for the shop: exports in, checked and joined marts out."""

__version__ = "0.1.0"
