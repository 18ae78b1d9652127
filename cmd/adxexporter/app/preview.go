package app

type previewCommand struct{}

func (previewCommand) Run(*console) error { return nil }
