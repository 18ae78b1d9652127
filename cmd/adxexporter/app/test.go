package app

type testCommand struct{}

func (testCommand) Run(*console) error { return nil }
