package store_test

var withinLists = ofShop{}

var overShopsLists = map[string]string{}
