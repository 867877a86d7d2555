variable "site" {
  description = "The site of these hosts."
  type        = string
}

variable "connections" {
  description = "By host: how it is reached."
  type = map(object({
    host     = string
    port     = number
    user     = string
    key_file = optional(string)
    host_key = optional(string)
    bastion  = optional(string)
    timeout  = number
    seconds  = number
    script   = string
    install  = string
  }))
}

variable "hosts" {
  description = "The hosts of this wave: their roles, where their programs say how they are, and what they were given."
  type = map(object({
    roles    = set(string)
    health   = string
    prepared = string
  }))
}

variable "release" {
  description = "The version that their programs say when it is done."
  type        = string
}

variable "install" {
  description = "packages or executable."
  type        = string
}
