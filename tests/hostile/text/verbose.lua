-- ends: words mine
-- run: RECIPE --verbose
-- with --verbose the inside may show, no controls
error "mine \27[2J"
