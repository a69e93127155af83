# Prints a Makefile's targets with their `##` comments, under its `##@` sections.
BEGIN { FS = ":.*## "; print "make <target>" }
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-z-]+:.*## / { printf "  %-8s %s\n", $1, $2 }
