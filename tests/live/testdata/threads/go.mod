module threads

go 1.18
