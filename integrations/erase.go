package integrations

import "context"

// Eraser is a mailer that keeps something of the people it wrote to, and can
// forget them. One that is none keeps nothing that Grazie could reach.
type Eraser interface {
	// Erase forgets addresses, any number of them: all that is kept of mails to
	// them, of the connection's shop alone where mails are kept by shops. What is
	// not there is forgotten already, so it is safe to repeat. Errors are *Error.
	Erase(ctx context.Context, c Connection, addresses []string) error
}
