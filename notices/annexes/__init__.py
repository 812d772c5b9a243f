"""附件 that several letters share: the list of what was seen, the forms that a unit sends back."""
