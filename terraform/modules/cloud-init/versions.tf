terraform {
  # terraform_data, optional attributes with defaults, conditions that look at other variables.
  required_version = ">= 1.9"
}
