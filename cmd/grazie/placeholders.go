package main

type migrateCmd struct{}
type doctorCmd struct{}
type shopCmd struct{}
type journeyCmd struct{}
type templateCmd struct{}
type webhookCmd struct{}
type messageCmd struct{}
type customerCmd struct{}
type jobCmd struct{}
