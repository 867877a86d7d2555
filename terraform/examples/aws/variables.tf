variable "site" {
  description = "The site's name."
  type        = string
  default     = "fra"
}

variable "vip" {
  description = "The virtual IP: an address of yours outside of this network's own ranges."
  type        = string
}

variable "ports" {
  description = "TCP ports of the services at the VIP."
  type        = list(number)
  default     = [80]
}

variable "clients" {
  description = "Networks from which clients come."
  type        = list(string)
}

variable "networks" {
  description = "Networks of agents and operators, of this site and others: who may reach the coordinator."
  type        = list(string)
}

variable "other_directors" {
  description = "Directors of other sites that send to these real servers, each as ADDRESS/32."
  type        = list(string)
  default     = []
}

variable "other_coordinators" {
  description = "Coordinators of other sites."
  type        = list(string)
  default     = []
}

variable "real_servers" {
  description = "How many real servers."
  type        = number
  default     = 2
}

variable "labels" {
  description = "Labels of the real servers."
  type        = map(string)
  default     = { app = "web" }
}

variable "downloads" {
  description = "Where the executable is, as the module cloud-init takes it."
  type        = map(object({ url = string, sha256 = string }))
}

variable "bundle_commands" {
  description = "How a host gets its bundle, by the rights of its instance profile; here from a bucket that each may read its own folder of."
  type        = list(string)
  default     = []
}

variable "subnet" {
  description = "The subnet's id."
  type        = string
}

variable "route_tables" {
  description = "Ids of the route tables by which clients reach the VIP."
  type        = list(string)
}

variable "instance_type" {
  description = "Of all instances."
  type        = string
  default     = "c6i.large"
}

variable "instance_profile" {
  description = "The instance profile, by which a host may read its own bundle. Null: none."
  type        = string
  default     = null
}
