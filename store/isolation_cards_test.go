package store_test

var withinCards = ofShop{}

var overShopsCards = map[string]string{}
