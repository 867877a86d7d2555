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
      - ssh_host: where SSH reaches it (default: its address); host_key: its public keys there, a line each, as `cat /etc/ssh/ssh_host_*_key.pub` says them; of those that a host has, Terraform wants the ECDSA key before the Ed25519 key
      - architecture: amd64 or arm64
      - address: its own address, from which and to which Causeway's packets go
      - roles: of coordinator, director, realserver
      - labels, capacity, dedicated, load_file: of a real server
      - listen, advertise, audit, issuer: of a coordinator; issuer: its bundle was made with --issuer
      - http_address: where /metrics and /healthz are served (ports 7480 to 7482); null: everywhere
  EOT
  type = map(object({
    ssh_host     = optional(string)
    host_key     = optional(string)
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

variable "release" {
  description = "Causeway's version, such as 0.1.0: that of the files in `dist`."
  type        = string
  validation {
    condition     = can(regex("^[0-9][0-9A-Za-z.+~-]*$", var.release))
    error_message = "release: expected one such as 0.1.0 or 0.2.0~rc1."
  }
}

variable "dist" {
  description = "The folder with what `npm run build:deb` makes (deb/) or `npm run build:bin` (bin/)."
  type        = string
}

variable "install" {
  description = "packages: Debian packages from dist/deb; executable: the executable from dist/bin, with the units of deploy/systemd."
  type        = string
  default     = "packages"
  validation {
    condition     = contains(["packages", "executable"], var.install)
    error_message = "install: expected packages or executable."
  }
}

variable "bundles" {
  description = "The folder that has a folder for each host with what `causeway pki bundle` made for it: the output of the module pki, or causeway-pki/bundles. Null where `insecure` is true."
  type        = string
  default     = null
}

variable "ssh_user" {
  description = "Who logs in: root, or a user whom sudo asks for no password."
  type        = string
  default     = "root"
}

variable "ssh_port" {
  description = "The port of SSH."
  type        = number
  default     = 22
}

variable "ssh_private_key_file" {
  description = "The file with the private key for SSH, on the machine that runs Terraform; the state has its path, never the key. Null: the keys of your ssh-agent."
  type        = string
  default     = null
}

variable "ssh_bastion_host" {
  description = "A host through which SSH goes, with the same user and key."
  type        = string
  default     = null
}

variable "ssh_believe_any_host" {
  description = "true: believe whoever answers at a host's address. Keys are sent there: only for a network that you trust alone."
  type        = bool
  default     = false
}

variable "ssh_timeout_seconds" {
  description = "So long SSH is tried with a host; then it is an error."
  type        = number
  default     = 60
}

variable "host_timeout_seconds" {
  description = "So long a host may take to install, restart and be healthy; then nothing more is changed on any other."
  type        = number
  default     = 300
}
