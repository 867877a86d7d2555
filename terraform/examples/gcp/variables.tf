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
  description = "How a host gets its bundle, by the rights of its service account."
  type        = list(string)
  default     = []
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "zone" {
  description = "The zone of all instances."
  type        = string
  default     = "europe-west3-a"
}

variable "network" {
  description = "The VPC network's name."
  type        = string
}

variable "subnet" {
  description = "The subnet's self link or name, in the zone's region."
  type        = string
}

variable "subnet_cidr" {
  description = "The subnet's range, from which the hosts get their addresses."
  type        = string
}

variable "machine_type" {
  description = "Of all instances."
  type        = string
  default     = "e2-standard-2"
}

variable "service_account" {
  description = "The service account's email, by which a host may read its own bundle."
  type        = string
}
