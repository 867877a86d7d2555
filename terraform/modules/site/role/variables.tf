variable "role" {
  description = "coordinator, director or realserver."
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
