# Two sites on hosts that are there, over SSH: README's first service. Put your hosts' addresses and host keys in.
# Then: terraform init && terraform apply; and causeway apply -f deploy/examples/first-service, or the provider's resources.
terraform {
  required_version = ">= 1.9"
}

variable "release" {
  description = "Causeway's version in dist/; another one upgrades, one host after the other."
  type        = string
  default     = "0.1.0"
}

variable "dist" {
  description = "The folder dist of the source tree, after npm run build:deb."
  type        = string
  default     = "../../../dist"
}

variable "causeway" {
  description = "The program causeway, on this machine."
  type        = string
  default     = "causeway"
}

variable "ssh_private_key_file" {
  description = "Your key for the hosts. Null: your ssh-agent's."
  type        = string
  default     = null
}

locals {
  # ssh-keyscan only tells who answers there now: read each host's on itself (cat /etc/ssh/ssh_host_*_key.pub). Where one has several,
  # give them all, a line each: Terraform wants the ECDSA key before the Ed25519 key.
  sites = {
    fra = {
      fra-d1 = { address = "10.1.0.2", roles = ["coordinator", "director"], host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEexampleEXAMPLEexampleEXAMPLEexampleE", labels = {} }
      fra-r1 = { address = "10.1.0.11", roles = ["realserver"], host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEexampleEXAMPLEexampleEXAMPLEexampleE", labels = { app = "web" } }
    }
    lon = {
      lon-r1 = { address = "10.2.0.11", roles = ["realserver"], host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEexampleEXAMPLEexampleEXAMPLEexampleE", labels = { app = "web" } }
    }
  }
  coordinators = ["10.1.0.2"]
}

module "pki" {
  source   = "../../modules/pki"
  domain   = "causeway.example"
  causeway = var.causeway
  admins   = ["alice"]
  hosts = merge([
    for site, hosts in local.sites : {
      for name, host in hosts : name => {
        site         = site
        address      = host.address
        roles        = host.roles
        coordinators = local.coordinators
        issuer       = contains(host.roles, "coordinator") ? site : null
      }
    }
  ]...)
}

module "fra" {
  source               = "../../modules/site"
  site                 = "fra"
  coordinators         = local.coordinators
  hosts                = { for name, host in local.sites.fra : name => merge(host, { issuer = contains(host.roles, "coordinator") }) }
  bundles              = module.pki.bundles
  release              = var.release
  dist                 = var.dist
  ssh_private_key_file = var.ssh_private_key_file
}

# After the site that has the coordinator: an agent is well when it has found one.
module "lon" {
  source               = "../../modules/site"
  site                 = "lon"
  coordinators         = local.coordinators
  hosts                = local.sites.lon
  bundles              = module.pki.bundles
  release              = var.release
  dist                 = var.dist
  ssh_private_key_file = var.ssh_private_key_file
  depends_on           = [module.fra]
}

output "admin" {
  description = "How causeway on this machine becomes alice: place these files in /etc/causeway."
  value       = "${module.pki.bundles}/admin-alice"
}
