"""What a recording itself says of its call: who spoke when, how long callers waited, how loud it was."""
