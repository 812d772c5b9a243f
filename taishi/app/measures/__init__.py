"""What the policy calls for, done of itself: letters, blocks that are proposed, weeks that are gathered."""
