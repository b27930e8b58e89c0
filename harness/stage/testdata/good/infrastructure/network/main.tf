variable "region" { type = string }
