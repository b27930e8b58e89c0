variable "region" {
  type = string
}

variable "password" {
  type      = string
  default   = "hunter2"
  sensitive = true
}

resource "terraform_data" "network" {
  input = { region = var.region, password = var.password }
}

resource "terraform_data" "kept" {
  input = "kept"
}

output "region" {
  value = var.region
}
