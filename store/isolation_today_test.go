package store_test

var withinToday = ofShop{}

var overShopsToday = map[string]string{}
