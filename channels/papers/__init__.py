"""Papers of the packing table as PDF: what stands on them comes ready to print. No database."""
