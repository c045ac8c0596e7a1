// Package templates writes the mails. It holds the layouts and the sentences,
// and what puts them together; it decides nothing about whether a mail is sent.
//
// A mail is made in three steps. The facts are read with suspicion: names,
// product titles and places are used only where they are fit to be shown
// (names.go, product.go, place.go). From the phrase bank of the customer's
// language one sentence is chosen for each part of the letter, never one that
// she got before while others are left (bank.go, letter.go). The sentences are
// set in a layout, which is Liquid: ours, or the merchant's own (guard.go).
//
// Each journey is a line in gestures (gesture.go): its part of the phrase banks,
// what stands in the middle of its sheet, and the function that writes it
// (thanks.go, birthday.go, ...). Before that it is seen to that the facts belong
// together (history.go), and marketing shows how to end it (wayout.go).
//
// Sentences are data, one file per language in phrases/. A sentence is plain
// text with {slots}; a sentence whose slot has no value is passed over, so that
// no mail shows a hole.
package templates
