variable "site" {
  description = "The site (datacentre) of these hosts."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.site))
    error_message = "site: expected a name of small letters, digits, \"-\" and \".\", that begins and ends with a letter or digit."
  }
}

variable "coordinators" {
  description = "The coordinators that directors and real servers call, each HOST or HOST:PORT, in the order in which they are tried."
  type        = list(string)
}

variable "hosts" {
  description = <<-EOT
    The hosts, by name; the name is also that of its programs, different on every host of the fleet. Another machine is another name.
      - address: its own address, from which and to which Causeway's packets go
      - roles: of coordinator, director, realserver
      - labels, capacity, dedicated, load_file: of a real server
      - listen, advertise, audit, issuer: of a coordinator; issuer: its bundle was made with --issuer
      - http_address: where /metrics and /healthz are served (ports 7480 to 7482); null: everywhere
  EOT
  type = map(object({
    address      = string
    roles        = set(string)
    labels       = optional(map(string), {})
    capacity     = optional(number)
    dedicated    = optional(bool)
    load_file    = optional(string)
    listen       = optional(string)
    advertise    = optional(string)
    audit        = optional(string)
    issuer       = optional(bool, false)
    http_address = optional(string)
  }))
  validation {
    condition     = alltrue([for name in keys(var.hosts) : can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", name))])
    error_message = "hosts: each name is of small letters, digits, \"-\" and \".\", and begins and ends with a letter or digit."
  }
  validation {
    condition     = alltrue([for host in var.hosts : length(host.roles) > 0 && length(setsubtract(host.roles, ["coordinator", "director", "realserver"])) == 0])
    error_message = "hosts: roles has one or more of coordinator, director, realserver."
  }
  validation {
    condition     = length(distinct([for host in var.hosts : host.address])) == length(var.hosts)
    error_message = "hosts: two of them have the same address."
  }
  validation {
    condition     = alltrue([for host in var.hosts : can(regex("^[0-9a-fA-F.:]+$", host.address))])
    error_message = "hosts: address is an IP address, not a name."
  }
  validation {
    condition     = alltrue([for host in var.hosts : !host.issuer || contains(host.roles, "coordinator")])
    error_message = "hosts: an issuer is for a coordinator."
  }
}

variable "insecure" {
  description = "Plaintext, and nobody is asked who he is: for a network that you trust alone. Otherwise each host has a bundle of `causeway pki bundle`."
  type        = bool
  default     = false
}

variable "http_allow" {
  description = "Networks whose hosts may read /metrics and /healthz, beside each host itself. Empty: everybody."
  type        = list(string)
  default     = []
}

variable "log_level" {
  description = "How much is logged: trace, debug, info, warn, error, silent. Null: info."
  type        = string
  default     = null
}

variable "etcd" {
  description = "Members of the etcd that is the coordinators' store (https://HOST:2379). Empty: each coordinator keeps a file of its own, so there is one in all."
  type        = list(string)
  default     = []
}

variable "etcd_ca" {
  description = "A file on the coordinators' hosts: who signed etcd's certificates. Null: those whom the system believes."
  type        = string
  default     = null
}

variable "etcd_cert" {
  description = "A file on the coordinators' hosts: their certificate for etcd."
  type        = string
  default     = null
}

variable "etcd_key" {
  description = "A file on the coordinators' hosts: the key of that certificate."
  type        = string
  default     = null
}
