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
      - architecture: amd64 or arm64
      - address: its own address, from which and to which Causeway's packets go
      - roles: of coordinator, director, realserver
      - labels, capacity, dedicated, load_file: of a real server
      - listen, advertise, audit, issuer: of a coordinator; issuer: its bundle was made with --issuer
      - http_address: where /metrics and /healthz are served (ports 7480 to 7482); null: everywhere
  EOT
  type = map(object({
    architecture = optional(string, "amd64")
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

variable "downloads" {
  description = <<-EOT
    By architecture (amd64, arm64): where a host finds the executable that `npm run build:bin` makes, and its SHA-256, as SHA256SUMS has it.
    A place of your own that the hosts reach; user data has no room for it.
  EOT
  type = map(object({
    url    = string
    sha256 = string
  }))
  validation {
    condition     = alltrue([for one in var.downloads : can(regex("^[0-9a-f]{64}$", one.sha256)) && can(regex("^https?://[^'\\s]+$", one.url))])
    error_message = "downloads: expected url (http or https) and sha256, 64 digits of 0-9a-f."
  }
}

variable "bundle_commands" {
  description = <<-EOT
    Commands for a shell that bring the host's bundle into /etc/causeway, run there as root at the first boot; $HOST is the host's name.
    Something that only this host may read, such as a secret store asked by the machine's own identity. No secret itself: user data is
    in the state, and every program on the machine can read it. Empty: the programs wait until you have brought the bundle and started them.
  EOT
  type        = list(string)
  default     = []
}
