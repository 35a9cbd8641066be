module syscalls

go 1.18
