// Package crm holds the nouns of the business, the invariants they keep by
// themselves, the kinds of error, and the words of a decision.
//
// It imports the standard library only and does nothing to the outside: no SQL,
// no HTTP, no clock, no chance. Every other package may import it.
package crm
