variable "domain" {
  description = "The domain of the CA, made where the folder has none: it stands in each certificate (spiffe://DOMAIN/…)."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", var.domain))
    error_message = "domain: expected a name such as causeway.example."
  }
}

variable "folder" {
  description = "The CA's folder, on the machine that runs Terraform: keys are in it, and nowhere else."
  type        = string
  default     = "causeway-pki"
  validation {
    condition     = !strcontains(var.folder, "'")
    error_message = "folder: no ' in it, please."
  }
}

variable "causeway" {
  description = "The program causeway, by which the bundles are made."
  type        = string
  default     = "causeway"
  validation {
    condition     = !strcontains(var.causeway, "'")
    error_message = "causeway: no ' in it, please."
  }
}

variable "hosts" {
  description = <<-EOT
    The hosts of all sites, by name: site, address, roles (coordinator, director, realserver), the coordinators that its agents call; for a
    coordinator the name of an issuer, by which programs renew their certificates themselves (null: none).
  EOT
  type = map(object({
    site         = string
    address      = string
    roles        = set(string)
    coordinators = list(string)
    issuer       = optional(string)
  }))
  validation {
    condition = alltrue(flatten([for name, host in var.hosts : [
      for word in concat([name, host.site, host.address], tolist(host.roles), host.coordinators, [coalesce(host.issuer, "x")]) : can(regex("^[0-9A-Za-z.:\\[\\]-]+$", word))
    ]]))
    error_message = "hosts: names, sites, addresses, roles, coordinators and issuers have letters, digits, \".\", \":\" and \"-\" alone."
  }
}

variable "admins" {
  description = "Names of people who may change everything: each gets a bundle (admin/NAME)."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for name in var.admins : can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", name))])
    error_message = "admins: small letters, digits, \"-\" and \".\"."
  }
}

variable "renewal" {
  description = "Any text, such as a date. Another one renews what is due (from two thirds of its life on) and makes the bundles anew."
  type        = string
  default     = ""
}
