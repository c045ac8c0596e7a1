package store_test

var withinSettings = ofShop{}

var overShopsSettings = map[string]string{}
