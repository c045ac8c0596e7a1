package store_test

var withinTemplates = ofShop{}

var overShopsTemplates = map[string]string{}
