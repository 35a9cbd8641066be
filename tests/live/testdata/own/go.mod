module own

go 1.18
