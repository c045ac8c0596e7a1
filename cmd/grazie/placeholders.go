package main

type doctorCmd struct{}
type templateCmd struct{}
type customerCmd struct{}
