package store_test

var withinMessages = ofShop{}

var overShopsMessages = map[string]string{}
