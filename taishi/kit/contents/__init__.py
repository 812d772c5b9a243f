"""Files as texts with numbered lines: plain text, XLSX, DOCX, PDF, and archives of them, within limits."""
