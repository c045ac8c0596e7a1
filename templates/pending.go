package templates

// WrongHistory is a stand-in until the guard is written: whoever writes that deletes this file.
type WrongHistory struct{ Message string }

func (e *WrongHistory) Error() string { return e.Message }
