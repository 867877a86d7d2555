terraform {
  required_providers {
    causeway = { source = "causeway.internal/causeway/causeway" }
  }
}

provider "causeway" {
  coordinators = ["10.1.0.2:7400", "10.2.0.2:7400"]
  tls_cert     = "/etc/causeway/terraform.pem"
  tls_key      = "/etc/causeway/terraform.key"
  tls_ca       = "/etc/causeway/ca.pem"
}
